import { load } from './load.ts'

load('analysis')
