/** Random US sections as text, written by layout. */
import fc from 'fast-check'
import type { UsSectionSpec } from '../../src/signals/gpp-sections.ts'
import { writeTwoBits } from '../conformance/consent-strings.ts'
import { usFields } from './consents.ts'

export function writeUsSection(spec: UsSectionSpec): fc.Arbitrary<string> {
  const version = Math.max(...Object.keys(spec.layouts).map(Number))
  const names = spec.layouts[version]!.split(' ').map((field) => field.split(':')[0]!)
  const core = usFields(spec, version).map((fields) =>
    writeTwoBits(
      version,
      names.flatMap((name) => fields[name]!),
    ),
  )
  if (spec.segment !== 'gpc') return core
  return fc.tuple(core, fc.constantFrom('', '.QA', '.YA')).map(([text, segment]) => text + segment)
}
