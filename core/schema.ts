/**
 * The schema library through one door: the build makes one file of this and of what it takes from there, as the library's
 * own 700 files cost every process half a second at its start.
 */
export { type TSchema, Type } from 'typebox'
export { Compile } from 'typebox/compile'
