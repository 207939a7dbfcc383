import { load } from './load.ts'

load('faults')
