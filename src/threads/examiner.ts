/** The thread that examines configurations: it holds no key and no personal data, and writes nothing. */
import { parentPort } from 'node:worker_threads'
import { partnerTypes } from '../partners/registry.ts'
import { createExaminer } from '../publish/examiner.ts'
import { serveCalls } from './rpc.ts'

if (parentPort === null) throw new Error('the examiner is started by startExaminer')
serveCalls(parentPort, { ...createExaminer(partnerTypes()) })
