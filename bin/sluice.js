#!/usr/bin/env node
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import v8 from 'node:v8'

// Plain JavaScript on purpose: an older Node must get this far to say what is wrong.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `sluice needs Node 24 or newer; this is ${process.versions.node}. ` +
      'After `npm ci`, `npm start`, `npm run demo` and `npx` find the Node 24 that comes with the project; ' +
      'by hand: node_modules/.bin/node bin/sluice.js',
  )
  process.exit(1)
}
// What Node makes of the TypeScript is kept beside the packages, so that a start is quicker and each thread takes
// about half the memory. The threads read the place from the environment. Where it cannot be written, nothing is kept.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/sluice', import.meta.url))
module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
// `npm start` gives the option for the main thread; left as it is, it would stand above the other threads' own limits.
v8.setFlagsFromString('--max-semi-space-size=0')
import('../src/main.ts').then(({ main }) => main(process.argv))
