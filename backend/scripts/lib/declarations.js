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
  if (!text) throw new Error(`no declarations come out of ${SOURCE}`);
  return HEADER + text;
}

function compilerOptions() {
  const configFile = path.join(BACKEND, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(configFile, ts.sys.readFile).config, ts.sys, BACKEND);
  // Somewhere else: a compiler does not emit what would overwrite one of its inputs. Nothing is written there.
  const declarationDir = path.join(BACKEND, "declarations");
  return { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, declarationDir };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) fs.writeFileSync(DECLARATIONS, declarations());
