/**
 * Runs the tests that docs/privacy-policy-map.md names, by name: `npm run test:policy-map`. Fails where one does not run, is
 * skipped or fails.
 */
import { join } from 'node:path'
import { run } from 'node:test'
import { type NamedTest, ROOT, readPolicyMap } from '../support/policy-map.ts'

const byFile = new Map<string, Set<string>>()
for (const { file, name } of readPolicyMap().flatMap(({ tests }) => tests))
  byFile.set(file, (byFile.get(file) ?? new Set()).add(name))

const faults: (NamedTest & { readonly why: string })[] = []
let passed = 0
for (const [file, names] of byFile) {
  const left = new Set(names)
  const testNamePatterns = [...names].map((name) => new RegExp(`${name.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')}$`, 'u'))
  for await (const event of run({ files: [join(ROOT, file)], testNamePatterns, concurrency: 1 })) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name } = event.data
    if (!names.has(name)) continue
    left.delete(name)
    const why = event.type === 'test:fail' ? 'failed' : event.data.skip || event.data.todo ? 'was skipped' : undefined
    if (why === undefined) passed++
    else faults.push({ file, name, why })
  }
  for (const name of left) faults.push({ file, name, why: 'did not run' })
}
for (const { file, name, why } of faults) console.error(`${why}: ${file} › ${name}`)
console.log(`${passed} passed, ${faults.length} did not`)
process.exitCode = faults.length === 0 && passed > 0 ? 0 : 1
