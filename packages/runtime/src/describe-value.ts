/** So long is a text of a value at the most. */
const MOST = 80;

/** A short text for any value, for messages; never throws. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > MOST ? `${value.slice(0, MOST - 3)}...` : value);
  }
  const description = new Description();
  description.add(value);
  const { text } = description;
  return text.length > MOST ? `${text.slice(0, MOST - 3)}...` : text;
}

/**
 * JSON as far as that says what a value is, and what Node writes where it does not: `NaN` is not `null`, and a map is
 * no empty object.
 *
 * Written from the beginning on, until there is more than anybody is shown: a value may be endless.
 */
class Description {
  text = "";
  /** The objects around what is being written. */
  readonly #around = new Set<object>();

  add(value: unknown): void {
    switch (typeof value) {
      case "string":
        this.text += JSON.stringify(value.slice(0, MOST));
        return;
      case "number":
        this.text += Object.is(value, -0) ? "-0" : String(value);
        return;
      case "bigint":
        this.text += `${value}n`;
        return;
      case "function":
        this.text += `function ${nameOf(value)}`;
        return;
      case "symbol":
      case "undefined":
      case "boolean":
        this.text += String(value);
        return;
      case "object":
        if (value === null) this.text += "null";
        else this.#addObject(value);
    }
  }

  #addObject(value: object): void {
    if (this.#around.has(value)) {
      this.text += "[Circular]";
      return;
    }
    const { text } = this;
    this.#around.add(value);
    try {
      // A toJSON may give another object with one for ever.
      if (this.#around.size > MOST) this.text += nameOfKind(value);
      else this.#addContents(value, tagOf(value));
    } catch {
      this.text = text + nameOfKind(value);
    }
    this.#around.delete(value);
  }

  /** @throws What the value's own code throws. */
  #addContents(value: object, tag: string): void {
    if (value instanceof Error || tag === "Error") {
      this.text += textOfError(value);
    } else if (tag === "Date" && Number.isNaN(Number(value))) {
      this.text += "Invalid Date";
    } else if (hasToJson(value)) {
      this.#addJson(value, value.toJSON(""));
    } else if (tag === "RegExp") {
      this.text += RegExp.prototype.toString.call(value);
    } else if (BOXES.has(tag)) {
      this.#addJson(value, value.valueOf());
    } else if (Array.isArray(value)) {
      this.#addList("[", value, "]");
    } else if (tag === "Map") {
      this.#addEntries(value as Map<unknown, unknown>);
    } else if (tag === "Set") {
      this.#addValues(value as Set<unknown>);
    } else {
      this.#addFields(value, tag);
    }
  }

  /** What stands for an object in JSON. */
  #addJson(value: object, json: unknown): void {
    if (json === undefined || json === value) this.text += nameOfKind(value);
    else this.add(json);
  }

  #addEntries(map: Map<unknown, unknown>): void {
    const entries = Map.prototype.entries.call(map);
    this.text += `Map(${Reflect.get(Map.prototype, "size", map)}) `;
    this.#addEach("{", entries, "}", ([key, value]) => {
      this.add(key);
      this.text += " => ";
      this.add(value);
    });
  }

  #addValues(set: Set<unknown>): void {
    const values = Set.prototype.values.call(set);
    this.text += `Set(${Reflect.get(Set.prototype, "size", set)}) `;
    this.#addList("{", values, "}");
  }

  #addFields(value: object, tag: string): void {
    const keys = Object.keys(value);
    // Not empty: there is more to it than anybody can see.
    if (keys.length === 0 && tag !== "Object") {
      this.text += `[object ${tag}]`;
      return;
    }
    this.#addEach("{", keys, "}", (key) => {
      this.text += `${JSON.stringify(key)}:`;
      this.#addField(value, key);
    });
  }

  #addField(value: object, key: string): void {
    let field: unknown;
    try {
      field = Reflect.get(value, key);
    } catch {
      this.text += "(unreadable)";
      return;
    }
    this.add(field);
  }

  #addList(open: string, values: Iterable<unknown>, close: string): void {
    this.#addEach(open, values, close, (value) => this.add(value));
  }

  #addEach<T>(open: string, all: Iterable<T>, close: string, add: (each: T) => void): void {
    this.text += open;
    let separator = "";
    for (const each of all) {
      this.text += separator;
      separator = ",";
      add(each);
      if (this.text.length > MOST) return;
    }
    this.text += close;
  }
}

/** Tags of objects that stand for the value in them. */
const BOXES: ReadonlySet<string> = new Set(["Number", "String", "Boolean", "BigInt"]);

/** Of whichever realm. @throws What a getter or a proxy throws. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** @throws What a getter or a proxy throws. */
function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/** Of what can be asked for nothing else. */
function nameOfKind(value: object): string {
  try {
    return Object.prototype.toString.call(value);
  } catch {
    return "an object"; // a proxy whose target is gone
  }
}

/** A class may have something else that is called name, and a proxy anything. */
function nameOf(value: { readonly name: unknown }): string {
  try {
    const { name } = value;
    return typeof name === "string" && name !== "" ? name : "(anonymous)";
  } catch {
    return "(anonymous)";
  }
}

/** @throws What a getter throws. */
function textOfError(error: object): string {
  const parts = [Reflect.get(error, "name"), Reflect.get(error, "message")].filter(
    (part): part is string => typeof part === "string" && part !== "",
  );
  return parts.join(": ").split("\n", 1)[0] || "Error";
}
