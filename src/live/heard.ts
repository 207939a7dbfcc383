/**
 * SDKs seen since the start, by app: name, version, first and last request, last refusal. Kept in memory, for information
 * only.
 */
import { isShowable } from '../guard/showable.ts'
import type { AppId, EpochMs, JsonObject } from '../model/brand.ts'
import type { SdkListener } from './ports.ts'

/** Maximum SDK versions distinguished per app; further ones share one entry. */
const MAX_SDKS = 20
/** An SDK's version: `1.2.3`, `4.0.0-beta.1`. */
const VERSION = /^\d{1,4}(?:\.\d{1,4}){0,3}(?:[-+][0-9A-Za-z.-]{1,12})?$/
const OTHERS = 'other'

export interface HeardSdk {
  /** Name sent by the SDK; `unnamed` if absent or not showable. */
  readonly name: string
  readonly version: string
  readonly firstAt: EpochMs
  readonly lastAt: EpochMs
  readonly requests: number
}
export interface HeardRefusal {
  readonly code: string
  readonly at: EpochMs
  /** Refusals since the start, with any code. */
  readonly count: number
}
export interface Heard {
  readonly sdks: readonly HeardSdk[]
  /** When an SDK last requested its settings. */
  readonly askedAt: EpochMs | undefined
  readonly refusal: HeardRefusal | undefined
}

export interface HeardSdks extends SdkListener {
  /** Requests that a data thread took, of an SDK by what it says of itself. */
  counted(app: AppId, name: unknown, version: unknown, requests: number): void
  /** Start of the process. */
  readonly since: EpochMs
  of(app: AppId): Heard
  /** Refusals of requests without a write key, or with an unknown one. */
  unknownApp(): HeardRefusal | undefined
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }
interface State {
  /** By name, then version. */
  readonly sdks: Map<string, Map<string, Mutable<HeardSdk>>>
  size: number
  askedAt: EpochMs | undefined
  refusal: Mutable<HeardRefusal> | undefined
}

export function createHeardSdks(now: () => EpochMs): HeardSdks {
  const apps = new Map<AppId | '', State>()
  const stateOf = (app: AppId | ''): State => {
    let state = apps.get(app)
    if (state === undefined) {
      state = { sdks: new Map(), size: 0, askedAt: undefined, refusal: undefined }
      apps.set(app, state)
    }
    return state
  }
  const meet = (state: State, name: unknown, version: unknown): Mutable<HeardSdk> => {
    const isFull = state.size >= MAX_SDKS
    const shown = isFull ? OTHERS : typeof name === 'string' && isShowable(name) ? name : 'unnamed'
    const number = !isFull && typeof version === 'string' && VERSION.test(version) ? version : ''
    let versions = state.sdks.get(shown)
    if (versions === undefined) {
      versions = new Map()
      state.sdks.set(shown, versions)
    }
    const known = versions.get(number)
    if (known !== undefined) return known
    const at = now()
    const sdk = { name: shown, version: number, firstAt: at, lastAt: at, requests: 0 }
    versions.set(number, sdk)
    state.size++
    return sdk
  }
  const counted: HeardSdks['counted'] = (app, name, version, requests) => {
    const state = stateOf(app)
    const sdk = state.sdks.get(name as string)?.get(version as string) ?? meet(state, name, version)
    sdk.requests += requests
    sdk.lastAt = now()
  }
  return {
    since: now(),
    sent: (app, event, shared) => {
      const { name, version } = libraryOf(event.context) ?? libraryOf(shared) ?? {}
      counted(app, name, version, 1)
    },
    counted,
    asked: (app) => {
      stateOf(app).askedAt = now()
    },
    refused: (app, code) => {
      const state = stateOf(app ?? '')
      state.refusal = { code, at: now(), count: (state.refusal?.count ?? 0) + 1 }
    },
    of: (app) => {
      const state = apps.get(app)
      const sdks = [...(state?.sdks.values() ?? [])].flatMap((versions) => [...versions.values()])
      return {
        sdks: sdks.toSorted((a, b) => b.lastAt - a.lastAt),
        askedAt: state?.askedAt,
        refusal: state?.refusal,
      }
    },
    unknownApp: () => apps.get('')?.refusal,
  }
}

/** What an SDK says of itself in an event's context. */
export function libraryOf(context: unknown): JsonObject | undefined {
  if (typeof context !== 'object' || context === null) return undefined
  const { library } = context as JsonObject
  return typeof library === 'object' && library !== null && !Array.isArray(library)
    ? (library as JsonObject)
    : undefined
}
