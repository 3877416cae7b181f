"""Browser tabs that many tests share, one after the other: a new one costs four times what a widget's page costs.

A tab is handed out empty, with the screen that was asked for, and with lists of its own of what happens in it from
then on. Where a test has failed its tabs are closed, so that nothing of it reaches the next.
"""

DEADLINE = 20_000  # milliseconds


class Tabs:
    """The tabs of one browser: those that a test has opened, and those that wait for the next."""

    def __init__(self, browser):
        self.browser, self.waiting, self.open = browser, [], []

    def new(self, width, height, color_scheme="light", reduced_motion="no-preference"):
        """An empty tab with this screen; its lists asked and said begin empty.

        asked: the addresses of all requests. said: errors, and the texts of dialogs and of the console.
        """
        tab = self.waiting.pop() if self.waiting else self.made()
        self.open.append(tab)
        tab.set_viewport_size({"width": width, "height": height})
        tab.emulate_media(media="null", color_scheme=color_scheme, reduced_motion=reduced_motion)
        tab.asked, tab.errors, tab.said = [], [], []
        return tab

    def made(self):
        context = self.browser.new_context()
        context.set_default_timeout(DEADLINE)
        tab = context.new_page()
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.on("dialog", lambda dialog: (tab.said.append(dialog.message), dialog.dismiss()))
        tab.on("console", lambda message: tab.said.append(message.text))
        return tab

    def take_back(self, sound):
        """Empty the tabs that are open, or close them where they may not be as new."""
        while self.open:
            tab = self.open.pop()
            if sound:
                tab.mouse.up()
                tab.mouse.move(0, 0)  # where it is in a new tab
                tab.goto("about:blank")
                self.waiting.append(tab)
            else:
                tab.context.close()
