/**
 * Preloaded into the gateway that is measured (`--import`), in each of its JavaScript threads: takes CPU profiles and
 * counts what the heaps allocate or hold, when it is asked to. Until then it does nothing.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector'
import { join } from 'node:path'
import { GCProfiler, getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads'
import type { ProbeAnswer, ProbeOrder, ThreadAnswer } from './probe-client.ts'
import { isScriptThread } from './threads.ts'

const CHANNEL = 'sluice-bench'
const name = threadName === null || threadName === '' ? 'MainThread' : threadName

let session: Session | undefined
let collector: GCProfiler | undefined
let heapBefore = 0

function answer(order: ProbeOrder): ThreadAnswer {
  switch (order.kind) {
    case 'profile':
      session = new Session()
      session.connect()
      session.post('Profiler.enable')
      session.post('Profiler.setSamplingInterval', { interval: order.intervalMicros })
      session.post('Profiler.start')
      return { thread: name }
    case 'stop-profile':
      writeFileSync(join(order.folder, `${name}.cpuprofile`), JSON.stringify(profileOf(session)))
      session?.disconnect()
      session = undefined
      return { thread: name }
    case 'count':
      heapBefore = getHeapStatistics().used_heap_size
      collector = new GCProfiler()
      collector.start()
      return { thread: name }
    case 'stop-count':
      return { thread: name, allocatedBytes: allocatedOf(collector) }
    case 'collect':
      collect()
      return { thread: name, liveBytes: getHeapStatistics().used_heap_size }
    default:
      return order satisfies never
  }
}

/** The flag is the whole process's, and stays: contexts that are made from then on have the collector's own function. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** A session of its own thread answers before `post` returns. */
function profileOf(of: Session | undefined): Profiler.Profile | undefined {
  let profile: Profiler.Profile | undefined
  of?.post('Profiler.stop', (_error, result) => {
    profile = result.profile
  })
  return profile
}

/** What the heap had grown by before each collection, and has since the last: not what lies outside it, such as buffers. */
function allocatedOf(of: GCProfiler | undefined): number {
  const { statistics } = of!.stop()
  let allocated = 0
  let from = heapBefore
  for (const { beforeGC, afterGC } of statistics) {
    allocated += Math.max(0, beforeGC.heapStatistics.usedHeapSize - from)
    from = afterGC.heapStatistics.usedHeapSize
  }
  return allocated + Math.max(0, getHeapStatistics().used_heap_size - from)
}

const channel = new BroadcastChannel(CHANNEL)
channel.unref()

if (isMainThread) {
  let waiting:
    | { readonly threads: Set<string>; readonly answers: ThreadAnswer[]; readonly done: () => void }
    | undefined
  channel.onmessage = ({ data }: { data: { readonly answer?: ThreadAnswer } }) => {
    if (waiting === undefined || data.answer === undefined) return
    waiting.answers.push(data.answer)
    waiting.threads.delete(data.answer.thread)
    if (waiting.threads.size === 0) waiting.done()
  }
  process.on('message', (order: ProbeOrder) => {
    const answers = [answer(order)]
    const done = (): void => {
      waiting = undefined
      process.send?.({ probe: answers } satisfies ProbeAnswer)
    }
    const threads = new Set(
      readdirSync('/proc/self/task')
        .map((task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim())
        .filter((thread) => isScriptThread(thread) && thread !== name),
    )
    if (threads.size === 0) return done()
    waiting = { threads, answers, done }
    channel.postMessage({ order })
  })
  process.channel?.unref()
} else {
  channel.onmessage = ({ data }: { data: { readonly order?: ProbeOrder } }) => {
    if (data.order !== undefined) channel.postMessage({ answer: answer(data.order) })
  }
}
