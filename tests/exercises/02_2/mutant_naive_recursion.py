# mistake: naive-recursion
def topo_sort(root):
    order = [root]
    for parent in root.parents:
        order += topo_sort(parent)
    return order
