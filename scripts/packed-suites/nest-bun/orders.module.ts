import "reflect-metadata";
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";

/** As NestJS does it: what a class is made of is read from the types of its constructor. */
const Injectable = (): ClassDecorator => () => {};

export function resolve<T>(type: new (...args: never[]) => T): T {
  const parameters = (Reflect.getMetadata("design:paramtypes", type) ??
    []) as (new () => unknown)[];
  return new type(...(parameters.map((each) => resolve(each)) as never[]));
}

@Injectable()
export class Inventory {
  reserve(sku: string): Promise<string> {
    return Promise.resolve(`reserved ${sku}`);
  }
}

@Injectable()
export class OrderWorkflow {
  constructor(private readonly inventory: Inventory) {}

  readonly handler = withDurableExecution(
    async (order: { sku: string }, context: DurableContext) => {
      const reservation = await context.step("reserve", async () =>
        this.inventory.reserve(order.sku),
      );
      await context.wait("cool off", { hours: 24 });
      const [payment] = await context.createCallback<string>("payment");
      return `${reservation}, ${await payment}`;
    },
  );
}
