import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileWorkflow, unsupportedFeatures, type UnsupportedFeature } from "./index.ts";

const folder = new URL("../../../shared/spec/examples/", import.meta.url);

/** What the specification's examples use that is refused; all others are accepted without a word. */
const refused: { readonly [file: string]: readonly UnsupportedFeature[] } = {
  "authentication-oauth2-secret": ["authentication.oauth2"],
  "authentication-oauth2": ["authentication.oauth2"],
  "authentication-oidc-secret": ["authentication.oidc"],
  "authentication-oidc": ["authentication.oidc"],
  "call-asyncapi-publish": ["call.asyncapi"],
  "call-asyncapi-subscribe-consume-amount": ["call.asyncapi"],
  "call-asyncapi-subscribe-consume-forever-foreach": ["call.asyncapi"],
  "call-asyncapi-subscribe-consume-until": ["call.asyncapi"],
  "call-asyncapi-subscribe-consume-while": ["call.asyncapi"],
  "call-grpc": ["call.grpc"],
  "call-mcp": ["call.mcp"],
};

test.skipIf(!existsSync(folder))(
  "the specification's examples are accepted, or refused for what they use (needs ../shared/spec/examples)",
  () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    expect(files.length).toBeGreaterThan(60);
    for (const file of files) {
      const result = compileWorkflow(readFileSync(new URL(file, folder), "utf8"), { file });
      const found = (result.ok ? result.warnings : result.diagnostics).map(({ rule, message }) => `${rule}: ${message}`);
      const features = refused[file.replace(".yaml", "")] ?? [];
      const wanted = features.map((feature) => `not-yet-supported: ${unsupportedFeatures[feature]} is not yet supported`);
      expect({ file, found }).toEqual({ file, found: wanted });
    }
  },
);

test.skipIf(!existsSync(folder))("a document says the same as JSON (needs ../shared/spec/examples)", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
    const fromYaml = compileWorkflow(readFileSync(new URL(file, folder), "utf8"), { format: "yaml" });
    if (!fromYaml.ok) continue;
    const fromJson = compileWorkflow(JSON.stringify(fromYaml.workflow.definition, null, 2), { format: "json" });
    expect({ file, ...comparable(fromJson) }).toEqual({ file, ...comparable(fromYaml) });
  }
});

/** The intermediate form without its closures. */
const comparable = (result: ReturnType<typeof compileWorkflow>): { form: unknown } => {
  if (!result.ok) return { form: result.diagnostics };
  return { form: JSON.parse(JSON.stringify({ ...result.workflow, tasks: [...result.workflow.tasks] })) };
};
