/** Validates a document on standard input by AsyncAPI's JSON Schema; prints the errors as a JSON array. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { Ajv } from "ajv";

const require = createRequire(import.meta.url);
const schema = require("@asyncapi/specs/schemas/3.0.0.json") as object;
// The schema contains draft-07 itself, so that ajv must not add it, and it fails ajv's strict mode.
const ajv = new Ajv({ allErrors: true, meta: false, validateSchema: false, strict: false, validateFormats: false });
const validate = ajv.compile(schema);

validate(JSON.parse(readFileSync(0, "utf8")));
process.stdout.write(JSON.stringify(validate.errors ?? []));
