import { describe, expect, test } from "vitest";
import { createClassSerdes, InvalidArgumentError } from "../src/index.ts";

class Article {
  title = "";
  createdAt: Date = new Date(0);
  review: { by: string; at?: Date } = { by: "" };

  describe(): string {
    return `${this.title}, ${this.createdAt.getFullYear()}`;
  }
}

const article = (): Article =>
  Object.assign(new Article(), {
    title: "Durable",
    createdAt: new Date("2025-03-01T00:00:00Z"),
    review: { by: "kim", at: new Date("2025-04-01T00:00:00Z") },
  });

/** What is stored, and what it comes back as. */
const through = async <T extends object>(
  serdes: ReturnType<typeof createClassSerdes<T>>,
  value: T,
): Promise<T> => serdes.deserialize((await serdes.serialize(value)) ?? "");

describe("createClassSerdes", () => {
  test("brings instances back, with their methods", async () => {
    const back = await through(createClassSerdes(Article, { dates: ["createdAt"] }), article());
    expect(back).toBeInstanceOf(Article);
    expect(back.describe()).toBe("Durable, 2025");
  });

  test("brings dates back where it is told to, within fields as well", async () => {
    const serdes = createClassSerdes(Article, { dates: ["createdAt", "review.at"] });
    expect(await through(serdes, article())).toEqual(article());
    const unreviewed = Object.assign(article(), { review: { by: "" } });
    expect(await through(serdes, unreviewed)).toEqual(unreviewed);
  });

  test("leaves dates it is not told of as texts", async () => {
    const back = await through(createClassSerdes(Article), article());
    expect(back.createdAt).toBe("2025-03-01T00:00:00.000Z");
  });

  test("stores nothing for nothing", async () => {
    expect(await createClassSerdes(Article).serialize(undefined)).toBeUndefined();
  });

  test.for(["7", "null", '["Durable"]'])("says so when %s was stored: it has no fields", (text) => {
    expect(() => createClassSerdes(Article).deserialize(text)).toThrow(
      `what was stored is ${text}, which has no fields for Article`,
    );
  });

  test("makes an instance of the class, whatever was stored as its prototype", async () => {
    const text = '{"title":"Durable","__proto__":{"describe":"gone","isAdmin":true}}';
    const back = await createClassSerdes(Article).deserialize(text);
    expect(back).toBeInstanceOf(Article);
    expect(back.describe()).toBe("Durable, 1970");
    expect("isAdmin" in back).toBe(false);
  });

  test("says so when what was stored is no date", () => {
    const serdes = createClassSerdes(Article, { dates: ["review.at"] });
    expect(() => serdes.deserialize('{"review":{"at":"tomorrow"}}')).toThrow(
      'at is "tomorrow", which is no date',
    );
  });

  test.for([undefined, "Article", new Article(), () => new Article()])(
    "refuses %j, which is no class",
    (type) => {
      expect(() => createClassSerdes(type as never)).toThrow(InvalidArgumentError);
    },
  );

  test.for([{ dates: "createdAt" }, { dates: [7] }, { dates: [""] }, { date: ["createdAt"] }])(
    "refuses the settings %j",
    (config) => {
      expect(() => createClassSerdes(Article, config as never)).toThrow(InvalidArgumentError);
    },
  );
});
