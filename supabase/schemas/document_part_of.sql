-- {document_id, part} -> {content: base64}, or null.
create or replace function public.document_part_of(args jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('content', encode(p.content, 'base64'))
  from public.document_part p
  where p.document_id = (args ->> 'document_id')::uuid and p.part = (args ->> 'part')::int;
$$;
