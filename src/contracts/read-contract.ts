/** Reads one contract file: shape, validation against the other files, compilation. */
import type { ContractPlan } from '../model/contract.ts'
import type { Problem } from '../model/problem.ts'
import { compileContract } from './compile.ts'
import { checkProfile, withDefaults } from './defaults.ts'
import { CONTRACT_OPTIONS } from './options/contract.ts'
import { salvageParts } from './salvage.ts'
import { shape } from './shape.ts'
import type { Source } from './source.ts'
import { checkContract, type OtherFiles } from './validate/contract.ts'

export interface ReadContract {
  /** Undefined if there is any problem. */
  readonly contract: ContractPlan | undefined
  /** Including values from `defaults.yaml`. */
  readonly source: Source
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** @param fileId the file's name without `.yaml` */
export function readContract(
  file: Source,
  fileId: string,
  surroundings: OtherFiles,
  defaults: Source | undefined,
): ReadContract {
  const source = withDefaults(file, defaults)
  const shaped = shape(CONTRACT_OPTIONS, source, source.value)
  const parts = salvageParts(CONTRACT_OPTIONS, source.value)
  const checked = checkContract(source, fileId, parts, surroundings)
  const ofProfile = checkProfile(file, defaults)
  // A part that the profile should provide is not reported as missing.
  const ofShape = shaped.ok ? [] : shaped.problems.filter(({ path }) => path !== 'share' || ofProfile.length === 0)
  const problems = [...ofShape, ...ofProfile, ...checked.problems]
  const { warnings, connection } = checked
  const type = surroundings.types.get(parts.type ?? '')
  if (problems.length > 0 || !shaped.ok || type === undefined || connection === undefined)
    return { contract: undefined, source, problems, warnings }
  return { contract: compileContract(shaped.value, connection, type), source, problems, warnings }
}
