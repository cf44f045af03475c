/**
 * The declaration file of the ML client, out of its JSDoc. `node backend/scripts/lib/declarations.js` writes it;
 * a test compares.
 */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const BACKEND = fileURLToPath(new URL("../../", import.meta.url));
const SOURCE = path.join(BACKEND, "src", "services", "mlService.js");

export const DECLARATIONS = path.join(BACKEND, "src", "services", "mlService.d.ts");

const HEADER = "// Written by `npm run types` in backend/ from the JSDoc of mlService.js.\n";

/** @returns {string} what the declaration file should hold */
export function declarations() {
  let text = "";
  const program = ts.createProgram([SOURCE], compilerOptions());
  program.emit(program.getSourceFile(SOURCE), (_name, written) => (text = written));
  return HEADER + text;
}

function compilerOptions() {
  const configFile = path.join(BACKEND, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(configFile, ts.sys.readFile).config, ts.sys, BACKEND);
  return { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) fs.writeFileSync(DECLARATIONS, declarations());
