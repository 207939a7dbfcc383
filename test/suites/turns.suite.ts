import { load } from './load.ts'

load('turns')
