// Writes src/api/types.gen.ts: the schemas of docs/openapi.json as TypeScript types, so that the
// compiler tells when the client and the API no longer agree.
import { readFileSync, writeFileSync } from "node:fs";

const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));

/** Returns the type of a schema as TypeScript. */
function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return [...new Set(options.map(typeOf))].join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (schema.type === "array") return `readonly ${inBrackets(typeOf(schema.items ?? {}))}[]`;
  if (schema.type === "object") return objectOf(schema);
  return { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" }[schema.type] ?? "unknown";
}

function inBrackets(type) {
  return type.includes(" ") && !type.startsWith("{") ? `(${type})` : type;
}

function objectOf({ properties, required = [], additionalProperties }) {
  if (!properties) {
    const values = additionalProperties && typeof additionalProperties === "object" ? typeOf(additionalProperties) : "unknown";
    return `Readonly<Record<string, ${values}>>`;
  }
  const fields = Object.entries(properties).map(
    ([name, field]) => `  readonly ${JSON.stringify(name)}${required.includes(name) ? "" : "?"}: ${typeOf(field)};`,
  );
  return `{\n${fields.join("\n")}\n}`;
}

const types = Object.entries(document.components.schemas).map(
  ([name, schema]) => `/** ${(schema.description ?? name).replaceAll("*/", "")} */\nexport type ${name} = ${typeOf(schema)};`,
);
const header = "// Generated from docs/openapi.json by tools/types.mjs.\n\n";
writeFileSync(new URL("../src/api/types.gen.ts", import.meta.url), header + types.join("\n\n") + "\n");
