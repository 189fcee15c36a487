from app.documents.pdf_edges import borders

BODY = [(50.0, 700.0 - 20 * n, 500.0, 710.0 - 20 * n) for n in range(6)]
HEAD, FOOT = (50.0, 800.0, 200.0, 810.0), (280.0, 30.0, 300.0, 40.0)


def test_a_foot_before_the_body_and_a_head_behind_it_are_cut_off_between_the_lines():
    upper, lower = 755.0, 320.0
    assert borders([HEAD, FOOT, *BODY]) == (float("inf"), lower)
    assert borders([FOOT, *BODY, HEAD]) == (upper, lower)


def test_a_page_in_its_order_stays_in_one_piece_and_so_do_columns_and_short_pages():
    columns = [(x, y, x + 200.0, y + 10.0) for x in (50.0, 320.0) for y in (700.0, 680.0, 660.0, 640.0, 620.0, 600.0)]
    assert borders([HEAD, *BODY, FOOT]) is None
    assert borders(columns) is None
    assert borders([FOOT, HEAD, BODY[0]]) is None
