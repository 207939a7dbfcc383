/** One contract's file: shaped, checked against what the other files say, compiled. */
import type { ContractPlan } from '../model/contract.ts'
import { compileContract } from './compile.ts'
import { CONTRACT_OPTIONS } from './options/contract.ts'
import type { Problem } from './problem.ts'
import { salvageParts } from './salvage.ts'
import { shape } from './shape.ts'
import type { Source } from './source.ts'
import { checkContract, type Surroundings } from './validate/contract.ts'

export interface ReadContract {
  /** Undefined with any problem. */
  readonly contract: ContractPlan | undefined
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** @param fileId the file's name without `.yaml` */
export function readContract(source: Source, fileId: string, surroundings: Surroundings): ReadContract {
  const shaped = shape(CONTRACT_OPTIONS, source, source.value)
  const parts = salvageParts(CONTRACT_OPTIONS, source.value)
  const checked = checkContract(source, fileId, parts, surroundings)
  const problems = [...(shaped.ok ? [] : shaped.problems), ...checked.problems]
  const { warnings, connection } = checked
  const type = surroundings.types.get(parts.type ?? '')
  if (problems.length > 0 || !shaped.ok || type === undefined || connection === undefined)
    return { contract: undefined, problems, warnings }
  return { contract: compileContract(shaped.value, connection, type), problems, warnings }
}
