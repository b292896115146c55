import type { OperationIndex } from "./operation-index.ts";

/** Which operation a handle is about. Without an index: the first with the name. */
export type Locator =
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "name"; readonly name: string; readonly index: number | undefined }
  | { readonly kind: "place"; readonly index: number };

/** The operation it is, if there is one. */
export function idOf(index: OperationIndex, locator: Locator): string | undefined {
  switch (locator.kind) {
    case "id":
      return index.has(locator.id) ? locator.id : undefined;
    case "name":
      return index.byName(locator.name, locator.index ?? 0);
    case "place":
      return index.at(locator.index);
  }
}

/** What a handle is about, in words. */
export function nameOf(locator: Locator): string {
  switch (locator.kind) {
    case "id":
      return `operation with the id ${JSON.stringify(locator.id)}`;
    case "place":
      return `operation in place ${locator.index}`;
    case "name": {
      const { name, index = 0 } = locator;
      const at = index === 0 ? "" : ` in place ${index} of that name`;
      return `operation ${JSON.stringify(name)}${at}`;
    }
  }
}
