import { load } from './load.ts'

load('ledger')
