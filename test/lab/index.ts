export { writeLab, type LabOptions, type WrittenLab } from './project/write-project';
export { openLab } from './open-lab';
export { checkLab } from './runner/measure';
