import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const sqs = new SQSClient({ region: "eu-central-1" });

/** Puts a message on the queue of whoever is to answer by the callback. */
export async function send(
  queue: "reviews" | "couriers",
  message: { readonly callbackId: string; readonly orderId: string },
): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: `https://sqs.eu-central-1.amazonaws.com/123456789012/${queue}`,
      MessageBody: JSON.stringify(message),
    }),
  );
}
