import { load } from './load.ts'

load('notices')
