import * as z from "zod/mini";
import { exactly, lazily, named, read, reader } from "./input/schema.ts";
import { type CallbackScript, checkCallbackScript } from "./script.ts";
import { checkStepScript, type StepScript } from "./step-script.ts";

/** Scripts: what happens by itself, by name. */
export interface Scripted {
  /** What the outside world does, by callback name. */
  readonly callbacks?: Readonly<Record<string, CallbackScript>> | undefined;
  /**
   * What attempts of steps do in the place of their functions, by step name, or by path: `"fulfil/charge"`,
   * `"items[2]/charge"`. Values and errors go through the step's serdes and retry strategy.
   */
  readonly steps?: Readonly<Record<string, StepScript>> | undefined;
}

/** Scripts, checked. */
export interface CheckedScripts {
  readonly callbacks: Readonly<Record<string, CallbackScript>>;
  readonly steps: Readonly<Record<string, StepScript>>;
}

/** For the schemas of those who take them among other things. */
export const scriptSchemas: () => {
  readonly callbacks: z.ZodMiniDefault<z.ZodMiniType<CheckedScripts["callbacks"]>>;
  readonly steps: z.ZodMiniDefault<z.ZodMiniType<CheckedScripts["steps"]>>;
} = lazily(() => ({
  callbacks: z._default(named(reader(checkCallbackScript), "scripts by callback name"), {}),
  steps: z._default(named(reader(checkStepScript), "scripts by step name or path"), {}),
}));

const scripts = lazily(() =>
  exactly(scriptSchemas() satisfies Record<keyof Scripted, z.ZodMiniType>, {
    unknown: "There are no scripts for",
    wanted: "{ callbacks, steps }",
  }),
);

/** @throws InvalidArgumentError */
export function checkScripts(given: Scripted): CheckedScripts {
  return read(scripts(), given, "scripts");
}
