/** JSON Schema of each configuration file, for completion and validation in editors. */
import { z } from 'zod'
import { CASES_OPTIONS } from './cases/options.ts'
import { APPS_OPTIONS } from './options/apps.ts'
import { CONTRACT_FILE_OPTIONS } from './options/contract.ts'
import { DEFAULTS_OPTIONS } from './options/defaults.ts'
import { GATEWAY_OPTIONS } from './options/gateway.ts'
import { POLICY_OPTIONS } from './options/policy.ts'

/**
 * By file name under `config/schema/`. Less strict than `sluice check`, which also knows the other files, the partner types and
 * rules between keys: whatever these schemas reject, it rejects.
 */
export function jsonSchemas(): Readonly<Record<string, object>> {
  const schemaOf = (schema: z.ZodType, title: string): object => ({
    title,
    // JSON Schema cannot express custom checks: any value is allowed there.
    ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  })
  return {
    'gateway.json': schemaOf(GATEWAY_OPTIONS, 'Sluice: gateway.yaml'),
    'apps.json': schemaOf(APPS_OPTIONS, 'Sluice: apps.yaml'),
    'policy.json': schemaOf(POLICY_OPTIONS, 'Sluice: policy.yaml'),
    'defaults.json': schemaOf(DEFAULTS_OPTIONS, 'Sluice: defaults.yaml'),
    'partner.json': schemaOf(CONTRACT_FILE_OPTIONS, 'Sluice: partners/*.yaml'),
    'cases.json': schemaOf(CASES_OPTIONS, 'Sluice: partners/*.cases.yaml'),
  }
}
