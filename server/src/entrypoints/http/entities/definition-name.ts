/** `SmallStubFileEntity` as `small_stub_file_entity`; `HTMLPageEntity` as `html_page_entity`. */
export function toDefinitionName(className: string): string {
  return className
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
