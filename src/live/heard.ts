/**
 * Which SDKs have been heard of, by app: since when, which, how lately, and what they were refused last. In memory, since the
 * start: it says that sending works, and counts nothing that others rely on.
 */
import { isShowable } from '../guard/showable.ts'
import type { AppId, EpochMs, JsonObject } from '../model/brand.ts'
import type { SdkListener } from './ports.ts'

/** SDKs and versions told apart in one app; the others are one. */
const MAX_SDKS = 20
/** As SDKs number themselves: `1.2.3`, `4.0.0-beta.1`. */
const VERSION = /^\d{1,4}(?:\.\d{1,4}){0,3}(?:[-+][0-9A-Za-z.-]{1,12})?$/
const OTHERS = 'other'

export interface HeardSdk {
  /** As it calls itself; `unnamed` where it does not, or in no way that can be shown. */
  readonly name: string
  readonly version: string
  readonly firstAt: EpochMs
  readonly lastAt: EpochMs
  readonly requests: number
}
export interface HeardRefusal {
  readonly code: string
  readonly at: EpochMs
  /** Refusals since the start, of whatever code. */
  readonly count: number
}
export interface Heard {
  readonly sdks: readonly HeardSdk[]
  /** When it last asked for its settings. */
  readonly askedAt: EpochMs | undefined
  readonly refusal: HeardRefusal | undefined
}

export interface HeardSdks extends SdkListener {
  /** The start. */
  readonly since: EpochMs
  of(app: AppId): Heard
  /** Of requests that named no app: a key that is missing, or that nobody knows. */
  nobodys(): HeardRefusal | undefined
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
  return {
    since: now(),
    sent: (app, event, shared) => {
      const state = stateOf(app)
      const library = libraryOf(event.context) ?? libraryOf(shared) ?? {}
      const { name, version } = library
      const sdk = state.sdks.get(name as string)?.get(version as string) ?? meet(state, name, version)
      sdk.requests++
      sdk.lastAt = now()
    },
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
    nobodys: () => apps.get('')?.refusal,
  }
}

function libraryOf(context: unknown): JsonObject | undefined {
  if (typeof context !== 'object' || context === null) return undefined
  const { library } = context as JsonObject
  return typeof library === 'object' && library !== null && !Array.isArray(library)
    ? (library as JsonObject)
    : undefined
}
