-- Whether a stored call was asked with the inputs of a planned one: {input_hash, content_hash} of both. After a rename the ids
-- of the questions may differ, and nothing else.
create or replace function public.has_same_inputs(stored jsonb, planned jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select stored ->> 'input_hash' = planned ->> 'input_hash'
    or (stored ->> 'input_hash' like 'renamed:%'
      and coalesce(stored ->> 'content_hash' = planned ->> 'content_hash', false));
$$;
