// Numbers as the course writes them, the same rule as labels.format_number in Python: four significant
// digits, no trailing zeros, digits before the point kept below a million; nan and inf as words.
export function number(x) {
  if (x === "nan" || x === "inf" || x === "-inf") return { nan: NaN, inf: Infinity, "-inf": -Infinity }[x];
  return x;
}

export function formatNumber(x) {
  if (x === null || x === undefined) return "";
  x = number(x);
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 9999.5 && size < 999999.5) return String(Math.floor(size + 0.5) * Math.sign(x));
  const [mantissa, exponent] = x.toExponential(3).split("e");
  if (size >= 1e-4 && size < 9999.5) {
    const digits = Math.max(0, 3 - Number(exponent));
    const text = x.toFixed(digits);
    return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  }
  return `${mantissa.replace(/\.?0+$/, "")}e${Number(exponent)}`;
}

export const spoken = (text) => text.replace(/-(?=[\d.i])/g, "−");
