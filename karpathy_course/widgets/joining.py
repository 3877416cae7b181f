"""A widget's JavaScript as one module: the files that it imports, each once, what is imported before what imports it.

anywidget takes one string, and a page without a network cannot fetch. The files stay ordinary ES modules that a
browser also runs unjoined; joining only sorts them and strips the import and export lines. So all their top-level
names meet in one scope: a name that two files define is refused, and so are imports that a line stripped would lose.
"""

import re

IMPORT = re.compile(r'^import\s+\{([^}]*)\}\s+from\s+"(\.[^"]*)";\n', re.MULTILINE)
EXPORTED = re.compile(r"^export (?=const|let|class|function|async)", re.MULTILINE)
DEFINED = re.compile(r"^(export )?(?:const|let|var|class|(?:async )?function\*?) (\w+)", re.MULTILINE)
OTHER = re.compile(r"^(?:import\b|export (?!default )).*|\bimport\(", re.MULTILINE)


def join(path, generated):
    """The module at path and all that it imports, directly or not, as the text of one module.

    generated: {path: text} of modules that are no files, because Python writes them.
    Raises ValueError with one line where the files do not go together.
    """
    texts, defined = {}, {}

    def add(path, importers):
        if path in importers:
            raise ValueError(f"{path.name} imports itself, by way of {importers[-1].name}: an order needs a start")
        if path in texts:
            return
        text = generated[path] if path in generated else path.read_text(encoding="utf-8")
        for names, place in IMPORT.findall(text):
            imported = (path.parent / place).resolve()
            add(imported, [*importers, path])
            for name in filter(None, (name.strip() for name in names.split(","))):
                if defined.get(name) != (imported, True):
                    raise ValueError(f"{path.name} imports {name}, which {imported.name} does not export")
        for exported, name in DEFINED.findall(text):
            if name in defined:
                raise ValueError(f"{name} is defined in {defined[name][0].name} and in {path.name}: rename one of them")
            defined[name] = (path, bool(exported))
        texts[path] = EXPORTED.sub("", IMPORT.sub("", text))
        if found := OTHER.search(texts[path]):
            raise ValueError(f'{path.name}: “{found[0]}” cannot be joined; write import {{ name }} from "./file.js";')
        if importers and "\nexport default " in texts[path]:
            raise ValueError(f"{path.name} exports a default, which only a view may do: export it by name")

    add(path.resolve(), [])
    return "\n".join(texts.values())
