// Gives the JSON Schema of the configuration to programs that editors use, and expects that they
// accept every right configuration and refuse every wrong one.
//
// Ajv checks the values; yaml-language-server, which VS Code, Neovim and others run, checks the text.

import { readFileSync } from "node:fs";

import Ajv2020 from "ajv/dist/2020.js";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "yaml";
import { getLanguageService } from "yaml-language-server";

const { schema, right } = JSON.parse(readFileSync("cases.json", "utf8"));
const wrong = parse(readFileSync("wrong.yaml", "utf8"));

const ajv = new Ajv2020.default({ strict: false, allErrors: true });
const validate = ajv.compile(schema);
const byAjv = async (text) => {
  const value = parse(text, { version: "1.2" });
  return validate(value) ? [] : validate.errors.map((it) => `${it.instancePath} ${it.message}`);
};

// It changes the schema that it is given, and remembers what it found by the name of a document.
const source = JSON.stringify(schema);
const service = getLanguageService({
  schemaRequestService: async () => source,
  workspaceContext: { resolveRelativePath: (path) => path },
});
service.configure({
  validate: true,
  customTags: [],
  yamlVersion: "1.2",
  schemas: [{ uri: "file:///configuration.schema.json", fileMatch: ["*.yaml"] }],
});
let number = 0;
const byServer = async (text) => {
  number += 1;
  const document = TextDocument.create(`file:///${number}.yaml`, "yaml", 1, text);
  return (await service.doValidation(document, false)).map((it) => it.message);
};

let failed = 0;
const expect = (isRight, what, found) => {
  if ((found.length === 0) === isRight) {
    console.log(`ok ${what}`);
  } else {
    failed += 1;
    console.log(`FAILED ${what}: ${found.join("; ") || "it was accepted"}`);
  }
};
for (const [program, check] of [["ajv", byAjv], ["yaml-language-server", byServer]]) {
  for (const [name, text] of Object.entries(right)) {
    expect(true, `${program}: accepts ${name}`, await check(text));
  }
  for (const [name, text] of Object.entries(wrong)) {
    expect(false, `${program}: refuses ${name}`, await check(text));
  }
}
process.exit(failed === 0 ? 0 : 1);
