import type { InvokeConfig } from "../config.ts";
import { InvokeError } from "../errors.ts";
import { isEnded, type Operation, OperationSubType } from "../protocol/operation.ts";
import { errorFromObject } from "../replay/checkpoint-error.ts";
import { OperationPromise } from "../replay/operation-promise.ts";
import { OutsideWait } from "../replay/outside-wait.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import { assertPayloadFits, deserialize, type Serdes, serialize } from "../serdes.ts";
import { settleFrom } from "./settle.ts";

/** Has the service invoke another function, and waits for what comes of it. */
export function invoke<Output, Input>(
  scope: ContextScope,
  place: Place,
  options: {
    readonly functionName: string;
    readonly input: Input;
    readonly config: InvokeConfig<Input, Output>;
    readonly serdes: Serdes<never>;
  },
): Promise<Output> {
  const { execution } = scope;
  const { functionName, input, config, serdes } = options;
  const { name, tenantId, payloadSerdes, resultSerdes } = config;
  const request = {
    Id: place.id,
    ParentId: place.parentId,
    Name: name,
    Type: "CHAINED_INVOKE",
    SubType: OperationSubType.CHAINED_INVOKE,
  } as const;
  const what = `function "${functionName}"`;
  const recorded = execution.recall(request);
  const outside = new OutsideWait(scope);
  const { promise, resolve, reject } = OperationPromise.open<Output>(scope, {
    id: place.id,
    awaited: outside.awaited,
  });
  if (scope.isOver(recorded)) return promise;

  const finish = ({ Status, ChainedInvokeDetails }: Operation): void => {
    const { Result } = ChainedInvokeDetails ?? {};
    const error = ChainedInvokeDetails?.Error ?? {};
    if (Status === "SUCCEEDED") {
      const read = (resultSerdes as Serdes<never> | undefined) ?? serdes;
      settleFrom(
        () => deserialize(execution, read, Result, what) as Output | Promise<Output>,
        resolve,
        reject,
      );
      return;
    }
    const status = Status === "TIMED_OUT" || Status === "STOPPED" ? Status : "FAILED";
    reject(new InvokeError(functionName, status, error, { cause: errorFromObject(error) }));
  };
  const wait = (): void => {
    outside.opens();
    execution.whenChanged(place.id, (operation) => {
      outside.closes();
      finish(operation);
    });
  };
  const start = (Payload: string | undefined): void => {
    assertPayloadFits(Payload, what, execution.limits, "input");
    const ChainedInvokeOptions = {
      FunctionName: functionName,
      ...(tenantId !== undefined && { TenantId: tenantId }),
    };
    scope.checkpoint({ ...request, Action: "START", Payload, ChainedInvokeOptions });
    wait();
  };

  if (recorded === undefined) {
    const write = (payloadSerdes as Serdes<never> | undefined) ?? serdes;
    const payload = serialize(execution, write, input, what, "input");
    if (payload instanceof Promise) {
      payload.then(start).catch(reject);
    } else {
      start(payload);
    }
  } else if (isEnded(recorded.Status)) {
    execution.whenChanged(place.id, finish);
  } else {
    wait();
  }
  return promise;
}
