import { load } from './load.ts'

load('others')
