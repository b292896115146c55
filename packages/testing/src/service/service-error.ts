/**
 * A refusal, in the service's own words. `name` is the service's exception.
 *
 * Source: the Lambda API.
 */
export class ServiceException extends Error {
  override readonly name: "InvalidParameterValueException" | "CallbackTimeoutException";

  constructor(name: ServiceException["name"], message: string) {
    super(message);
    this.name = name;
  }
}
