/**
 * Validates messages with Zod and JSON Schema. Each input line is a message's JSON text as a JSON string, since some
 * characters in messages end a line only for some readers. Each output line has the results.
 */
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";

import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";

import { problems, talyEventSchema } from "../../schemas/published/events.ts";
import { derivedId, type Identified } from "../../schemas/published/identity.ts";

interface Validation {
  zod: boolean;
  zodProblems: string[];
  /** By the schema for all messages. */
  bundle: boolean;
  /** By the schema of the message's type and version; null where there is none. */
  file: boolean | null;
  fileProblems: string[];
  /** The id of a valid message, else null. */
  derivedId: string | null;
}

const published = new URL("../../schemas/published/", import.meta.url);
const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true });

function compiled(path: string): ValidateFunction {
  return ajv.compile(JSON.parse(readFileSync(new URL(path, published), "utf8")) as object);
}

const bundle = compiled("events.schema.json");
const files = new Map(
  readdirSync(new URL("json-schema/", published)).map((name) => [name.replace(/\.json$/u, ""), compiled(`json-schema/${name}`)]),
);

function own(message: unknown): ValidateFunction | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { type, version = 1 } = message as { type?: unknown; version?: unknown };
  if (typeof type !== "string" || typeof version !== "number") return undefined;
  return files.get(`${type}.v${version}`);
}

function sentence({ instancePath, params, message, data, keyword }: ErrorObject): string {
  const missing = keyword === "required" ? `/${String(params["missingProperty"])}` : "";
  const path = `${instancePath}${missing}`.slice(1).replaceAll(/\/([0-9]+)/gu, "[$1]").replaceAll("/", ".");
  return missing ? `${path}: is missing` : `${path}: ${String(message)}, found ${JSON.stringify(data)}`;
}

function validation(text: string): Validation {
  const message: unknown = JSON.parse(text);
  const file = own(message);
  const parsed = talyEventSchema.safeParse(message);
  return {
    zod: parsed.success,
    zodProblems: problems(message),
    bundle: bundle(message),
    file: file ? file(message) : null,
    fileProblems: (file?.errors ?? []).map(sentence),
    derivedId: parsed.success ? derivedId(message as Identified) : null,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(validation(JSON.parse(line) as string))}\n`);
}
