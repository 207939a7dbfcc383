import { load } from './load.ts'

load('config')
