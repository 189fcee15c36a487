-- Whether a stored call and a planned one have the same inputs: {input_hash, content_hash} of both. After a rename only the ids
-- of the questions may differ.
create or replace function public.has_same_inputs(stored jsonb, planned jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select stored ->> 'input_hash' = planned ->> 'input_hash'
    or (stored ->> 'input_hash' like 'renamed:%'
      and coalesce(stored ->> 'content_hash' = planned ->> 'content_hash', false));
$$;
