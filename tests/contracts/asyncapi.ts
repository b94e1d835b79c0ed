/** Says what AsyncAPI's own JSON Schema finds wrong with a document on standard input: a JSON array. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { Ajv } from "ajv";

const require = createRequire(import.meta.url);
const schema = require("@asyncapi/specs/schemas/3.0.0.json") as object;
// It brings draft-07 itself, which ajv must not have then, and is not written as strictly as ajv likes.
const ajv = new Ajv({ allErrors: true, meta: false, validateSchema: false, strict: false, validateFormats: false });
const validate = ajv.compile(schema);

validate(JSON.parse(readFileSync(0, "utf8")));
process.stdout.write(JSON.stringify(validate.errors ?? []));
