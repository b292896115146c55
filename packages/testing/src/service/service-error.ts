/**
 * A refusal, in the service's own words. `name` is the service's exception.
 *
 * It has the marks of an error of AWS's client, by which SDKs tell a refusal, which would only be
 * repeated, from a fault, which is worth another invocation.
 *
 * Source: the Lambda API.
 */
export class ServiceException extends Error {
  override readonly name: "InvalidParameterValueException" | "CallbackTimeoutException";
  readonly $fault = "client";
  readonly $metadata: { readonly httpStatusCode: number } = { httpStatusCode: 400 };

  constructor(name: ServiceException["name"], message: string) {
    super(message);
    this.name = name;
  }
}

/** @throws ServiceException: what was asked for cannot be right. */
export function refuse(message: string): never {
  throw new ServiceException("InvalidParameterValueException", message);
}
