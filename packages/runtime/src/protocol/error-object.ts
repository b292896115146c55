/**
 * An error as it travels over the wire and stands in the history.
 *
 * The service's own shape (AWS Lambda durable functions, `ErrorObject`).
 */
export interface ErrorObject {
  /** What went wrong, for people. */
  readonly ErrorMessage?: string | undefined;
  /** The error's class or kind, for code: `"PaymentDeclined"`. */
  readonly ErrorType?: string | undefined;
  /** More about the error, as text; JSON by convention. */
  readonly ErrorData?: string | undefined;
  /** One line a frame. */
  readonly StackTrace?: readonly string[] | undefined;
}
