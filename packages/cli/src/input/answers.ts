import { type ErrorObject, respond, type Response } from "@durabletest/testing";
import { Option } from "commander";
import { added, type Named, parsedValue, splitAtJson, splitAtSign } from "./arguments.ts";

/** What one may do in the place of a callback's answer, or a step's function. */
export type Answer =
  | { readonly kind: "success"; readonly value: unknown }
  | { readonly kind: "failure"; readonly error: ErrorObject };

/** By name, in the order in which they were given. Plain data: it is sent to threads. */
export type Answers = Named<Answer>;

/** An option with answers of a list that another option has answers of, too: `--callback` and `--fail-callback`. */
class AnswerOption extends Option {
  readonly #list: string;

  constructor(
    { flags, list, split, read }: AnswerOptionSettings & AnswerReader,
    description: string,
  ) {
    super(flags, description);
    this.#list = list;
    this.argParser((text: string, before: Answers | undefined): Answers => {
      const { name, value } = split(text);
      return added(before ?? new Map(), name, read(value));
    });
  }

  /** Where the parser keeps it: with the others of its list, so that the order of all is that of the command line. */
  override attributeName(): string {
    return this.#list;
  }
}

/** How an answer is read that comes with a name. */
interface AnswerReader {
  readonly split: (text: string) => { readonly name: string; readonly value: string };
  readonly read: (text: string) => Answer;
}

interface AnswerOptionSettings {
  readonly flags: `--${string} <name=${string}>`;
  /** Whose answers it has: what the flag is called that has them. */
  readonly list: "callback" | "step";
}

/** `name=JSON`, any number of times. */
export function successOption(settings: AnswerOptionSettings, description: string): Option {
  return new AnswerOption(
    {
      ...settings,
      split: splitAtJson,
      read: (text) => ({ kind: "success", value: parsedValue(text) }),
    },
    description,
  );
}

/** `name=error`, any number of times: an error object as JSON, or a message. */
export function failureOption(settings: AnswerOptionSettings, description: string): Option {
  return new AnswerOption(
    {
      ...settings,
      split: splitAtSign,
      read: (text) => ({ kind: "failure", error: readError(text) }),
    },
    description,
  );
}

function readError(text: string): ErrorObject {
  return text.trimStart().startsWith("{")
    ? (parsedValue(text) as ErrorObject)
    : { ErrorType: "Error", ErrorMessage: text };
}

export function responseOf(answer: Answer): Response {
  return answer.kind === "success" ? respond.success(answer.value) : respond.failure(answer.error);
}
