import { load } from './load.ts'

load('e2e-a-l')
