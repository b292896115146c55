/** How wide a line of a generated test may be. */
const WIDTH = 80;

/** JSON data as an expression of JavaScript, as a formatter would have it: on one line if it fits. */
export function literal(value: unknown, indent = ""): string {
  const line = inline(value);
  if (indent.length + line.length <= WIDTH || typeof value !== "object" || value === null) {
    return line;
  }
  const deeper = `${indent}  `;
  const [open, close, parts] = Array.isArray(value)
    ? ["[", "]", value.map((one: unknown) => literal(one, deeper))]
    : [
        "{",
        "}",
        Object.entries(value).map(([name, one]) => `${key(name)}: ${literal(one, deeper)}`),
      ];
  return `${open}\n${parts.map((part) => `${deeper}${part},\n`).join("")}${indent}${close}`;
}

function inline(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  const entries = Object.entries(value).map(([name, one]) => `${key(name)}: ${inline(one)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A text in quotes, with nothing in it that a line of code cannot hold. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** A property's name; `__proto__` would be no property where it is not computed. */
function key(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}
