// Written by `npm run types` in backend/ from the JSDoc of mlService.js.
