#!/usr/bin/env node
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
import('../src/main.ts').then(({ main }) => main(process.argv))
