/** The threads of a Node process, by the names that the kernel shows. */

/** Threads of V8, libuv and the inspector. Every other runs JavaScript. */
const WITHOUT_SCRIPT: ReadonlySet<string> = new Set([
  'V8Worker',
  'DelayedTaskSche',
  'SignalInspector',
  'libuv-worker',
  'v8:ProfEvntProc',
  'v8:ProfSampling',
])

export function isScriptThread(name: string): boolean {
  return !WITHOUT_SCRIPT.has(name)
}

/** Collects, concurrently, and compiles. */
export const V8_THREADS: ReadonlySet<string> = new Set(['V8Worker', 'DelayedTaskSche'])
/** There only while a profile is taken. */
export const PROFILER_THREADS: ReadonlySet<string> = new Set(['v8:ProfEvntProc', 'v8:ProfSampling'])
