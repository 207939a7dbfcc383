import { load } from './load.ts'

load('unit')
