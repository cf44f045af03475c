import { diskFull } from "./errors.js";

/** @type {[RegExp, string][]} what output says, and the one line that tells what to do */
const CAUSES = [
  [/No space left on device|Errno 28|ENOSPC|Disk quota exceeded|Errno 122/i, diskFull()],
  [/^killed by SIG(KILL|TERM)$/m, "The installation was killed, perhaps because memory ran out: free some and run this again."],
  [/libgomp/, "LightGBM needs the system's OpenMP library: `sudo apt-get install libgomp1` (or your system's libgomp) and run this again."],
  [/libomp/, "LightGBM needs the system's OpenMP library: `brew install libomp` and run this again."],
  [
    /CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED_CERT/,
    "The package index shows a certificate that this machine does not trust, as behind a company's proxy: give pip its certificate (`pip config set global.cert FILE`) and npm (`npm config set cafile FILE`), and run this again.",
  ],
  [
    /NewConnectionError|NameResolutionError|Temporary failure in name resolution|Name or service not known|getaddrinfo|ConnectTimeout|ReadTimeout|Network is unreachable|Connection refused|ProxyError|Cannot connect to proxy|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/,
    "The package index cannot be reached: check the network (or HTTPS_PROXY, where there is a proxy) and run this again.",
  ],
  [
    /ensurepip is not available|No module named ensurepip/,
    "This Python has no ensurepip: `sudo apt-get install python3-venv` and run this again.",
  ],
  [
    /Failed building wheel for lightgbm|Could not build wheels for lightgbm|CMake|cmake/,
    "LightGBM has no ready-made package for this machine and its compilation failed: on a Mac `brew install cmake libomp`, elsewhere install cmake and a C++ compiler, and run this again.",
  ],
  [
    /Permission denied|Errno 13|EACCES|Read-only file system|Errno 30|EROFS/,
    "A folder of the project cannot be written: see who owns it (`ls -la ml-service`) and run this again.",
  ],
];

/**
 * What to do about a failed installation.
 * @param {string} output of pip, npm or Python
 * @param {string} what failed, for when no cause is known
 * @returns {string} one line
 */
export function pipFailure(output, what) {
  const cause = CAUSES.find(([pattern]) => pattern.test(output));
  if (cause) return cause[1];
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const said = lines.filter((line) => /error/i.test(line)).at(-1) ?? lines.at(-1) ?? "it said nothing";
  return `${what}: ${said.slice(0, 300)}`;
}
